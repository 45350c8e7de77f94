"""`dragoman demo`: a whole interpreted call on this machine, with an emulated telephone network."""
