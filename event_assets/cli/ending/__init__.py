"""How a command ends: stopped by a signal, or by an error of the operating system, in one line."""
