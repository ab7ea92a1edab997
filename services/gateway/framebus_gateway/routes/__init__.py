"""The routes, a module for each subject: ``routes(...)`` makes its blueprint."""
