"""The words that the demo's shop is made of."""

from __future__ import annotations

__all__ = [
    "BRANDS",
    "CATEGORIES",
    "CHANNELS",
    "CITY_ENDINGS",
    "CITY_STEMS",
    "FIRST_NAMES",
    "LAST_NAMES",
    "METHODS",
    "NATIONS",
    "PRODUCT_ADJECTIVES",
    "SEGMENTS",
]

NATIONS = {
    "AFRICA": ("EGYPT", "ETHIOPIA", "KENYA", "MOROCCO", "NIGERIA"),
    "AMERICA": ("ARGENTINA", "BRAZIL", "CANADA", "PERU", "UNITED STATES"),
    "ASIA": ("INDIA", "INDONESIA", "JAPAN", "SOUTH KOREA", "VIETNAM"),
    "EUROPE": ("FRANCE", "GERMANY", "ITALY", "POLAND", "SPAIN"),
    "OCEANIA": ("AUSTRALIA", "FIJI", "NEW ZEALAND", "SAMOA", "TONGA"),
}

# One city for each pair: ten for each nation.
CITY_STEMS = (
    "North", "South", "East", "West", "Old", "New", "Lake", "Hill", "River", "Stone", "Green",
    "Red", "White", "Black", "Silver", "Gold", "Oak", "Ash", "Elm", "Bright", "Clear", "High",
    "Low", "Long", "King",
)  # fmt: skip
CITY_ENDINGS = (
    "port", "field", "bridge", "ton", "haven", "ford", "wood", "gate", "mouth", "burgh",
)  # fmt: skip

# department, category, and what is sold there
CATEGORIES = (
    ("Home", "Kitchen", ("Kettle", "Pan", "Knife", "Toaster")),
    ("Home", "Bath", ("Towel", "Mirror", "Soap Dish", "Scale")),
    ("Home", "Lighting", ("Lamp", "Lantern", "Bulb", "Candle")),
    ("Garden", "Tools", ("Spade", "Rake", "Shears", "Hose")),
    ("Garden", "Plants", ("Rose", "Fern", "Basil", "Olive Tree")),
    ("Electronics", "Audio", ("Headphones", "Speaker", "Radio", "Turntable")),
    ("Electronics", "Computers", ("Keyboard", "Mouse", "Monitor", "Webcam")),
    ("Electronics", "Phones", ("Charger", "Case", "Cable", "Stand")),
    ("Sport", "Outdoor", ("Tent", "Backpack", "Bottle", "Compass")),
    ("Sport", "Fitness", ("Mat", "Dumbbell", "Rope", "Band")),
    ("Toys", "Games", ("Puzzle", "Card Game", "Dice Set", "Chess Set")),
    ("Toys", "Building", ("Blocks", "Train Track", "Robot Kit", "Marble Run")),
)

BRANDS = ("Alder", "Birch", "Cedar", "Elm", "Fir", "Hazel", "Juniper", "Larch", "Oak", "Rowan")
PRODUCT_ADJECTIVES = ("Classic", "Compact", "Deluxe", "Eco", "Light", "Pro", "Travel", "Vintage")
SEGMENTS = ("CONSUMER", "CORPORATE", "PUBLIC", "SMALL BUSINESS")
CHANNELS = ("store", "web", "app", "phone")
METHODS = ("card", "cash", "invoice", "transfer", "voucher")
FIRST_NAMES = (
    "Ada", "Alan", "Barbara", "Carl", "Dana", "Edgar", "Frances", "Grace", "Hedy", "Ivan",
    "Jean", "Katherine", "Leslie", "Margaret", "Niklaus", "Olga", "Peter", "Radia", "Sonja", "Tony",
)  # fmt: skip
LAST_NAMES = (
    "Adams", "Brown", "Costa", "Dubois", "Evans", "Fischer", "Garcia", "Haddad", "Ito", "Jansen",
    "Kowalski", "Lopez", "Moreau", "Nguyen", "Okafor", "Patel", "Rossi", "Silva", "Tanaka", "Weber",
)  # fmt: skip
