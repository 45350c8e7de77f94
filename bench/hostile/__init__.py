"""Ordinary calls beside hostile peers: does one of them delay the others?"""
