"""Labels that act: what people say of alerts hides what is like them, teaches a challenger, and can be taken back."""
