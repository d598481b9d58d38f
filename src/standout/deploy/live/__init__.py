"""The live engine: the service without a face, which watches streams of rows and loses nothing that it acknowledged."""
