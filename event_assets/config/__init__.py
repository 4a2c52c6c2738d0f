"""Settings: declared once each; read from the file, the environment and flags."""
