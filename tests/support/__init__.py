"""What tests share: models, users, applications, and the rows in them."""
