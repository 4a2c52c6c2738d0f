"""`tideline demo`: the command, and the steps that it runs."""
