"""Research use: the statements a buyer answers, and the signed register of what was answered."""
