"""What is measured: a job takes an archive's folder and a folder to work in, and gives the events it has handled."""
