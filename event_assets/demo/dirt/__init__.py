"""What is wrong with the events of the made-up shop: broken lines, copies, conflicts, hostile names, wrong clocks."""
