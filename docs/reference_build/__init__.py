"""The numbers of docs/hardware/, worked out from the parts and from the code."""
