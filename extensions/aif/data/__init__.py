"""What a person's data need: how large they are once they are read, and where they are best worked on."""
