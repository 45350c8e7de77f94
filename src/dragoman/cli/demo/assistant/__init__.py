"""`dragoman demo --assistant`: a caller talks with an assistant, on this machine."""
