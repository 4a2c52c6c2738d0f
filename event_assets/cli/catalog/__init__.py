"""`tideline catalog`: the types of columns as a file (types), and what fills the budgets (usage)."""
