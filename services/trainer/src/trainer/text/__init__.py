"""What a business's name tells of its industry: a frozen sentence model against word counts."""
