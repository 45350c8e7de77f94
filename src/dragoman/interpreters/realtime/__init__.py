"""The OpenAI realtime protocols, which several engines and servers speak."""
