"""What rules ask beside one number and one share, around `aggregates.plan`.

`classes`: other numbers for some classes of customers. `closeness`: the p %-rule. `remedies`: categories combined, a customer left
out. `withholding`: figures taken out of a plan, which keeps it safe.
"""
