"""What a reader looks at: pictures, sliders, the living cell, and links to its states."""
