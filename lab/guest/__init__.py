"""What is put into the virtual machine beside the product: its pad, its ways to hang, its agent."""
