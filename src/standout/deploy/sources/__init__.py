"""Where rows come from by themselves: growing files, standard input, polled databases, message brokers."""
