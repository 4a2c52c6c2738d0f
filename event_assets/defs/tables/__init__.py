"""The tables of the warehouse as assets: their declarations, and what loads report to them."""
