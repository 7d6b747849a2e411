"""What a phrase is like in meaning: the optional second ranker of diagnoses."""
