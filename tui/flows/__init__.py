"""What an operator does in steps, one flow a file: what is read, what is asked, what is done."""
