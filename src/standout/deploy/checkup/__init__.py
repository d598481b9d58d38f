"""What `standout doctor` looks at: one fact after another, each good or with one thing to try; nothing is changed by looking.

`machine.py` looks at what is installed and where it runs, `service.py` at what a live service would need, `warming.py` compiles.
"""
