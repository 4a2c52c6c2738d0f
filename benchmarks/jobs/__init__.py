"""What is measured: a job takes an archive's folder and a folder to work in, and tells what it has done (done.py)."""
