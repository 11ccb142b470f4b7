"""Small widgets that paint with the look's tokens. They know no setting, message or model."""
