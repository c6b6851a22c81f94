"""Control: what plants can be told, and the tasks that tell them."""
