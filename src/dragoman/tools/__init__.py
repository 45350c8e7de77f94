"""What an assistant can do and look up, so that it invents no answers: the shipped tools and the operator's own."""
