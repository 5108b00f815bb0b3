"""Operations for administrators of an organization: space, and recordings that failed."""
