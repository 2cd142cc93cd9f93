"""The policy register, its documents, rulings and figures, and questions to them."""
