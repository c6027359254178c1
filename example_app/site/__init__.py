"""What the site runs on: settings, database, sessions, mail, and what keeps it safe."""
