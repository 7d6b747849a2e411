"""What payers are asked (276, 270), and when."""
