"""Control laws against each other: this project's and its peers', on the same random pads and wearers."""
