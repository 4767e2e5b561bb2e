"""Choose whom to reach: people ranked for an item, sized by profit, kept within bounds."""
