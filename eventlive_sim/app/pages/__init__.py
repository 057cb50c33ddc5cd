"""The pages: each begins with a verdict, then at most four numbers, one picture, and details."""
