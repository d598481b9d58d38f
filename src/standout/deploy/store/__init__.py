"""What the live service keeps: tables, migrations, and one small repository for each noun."""
