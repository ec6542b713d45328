"""Organisations, staff, roles as data, and server-side sessions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.core.database import Base


class Organisation(Base):
    """A body that orders reagents, known by its name without case, spacing or compatibility forms."""

    __tablename__ = "organisation"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    name_key: Mapped[str] = mapped_column(String(200), unique=True)
    created_at: Mapped[datetime]


class Role(Base):
    """A named set of permissions, such as packer or quality."""

    __tablename__ = "role"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(80))

    permissions: Mapped[list[RolePermission]] = relationship(cascade="all, delete-orphan")


class RolePermission(Base):
    """One thing a role may do."""

    __tablename__ = "role_permission"

    role_id: Mapped[int] = mapped_column(ForeignKey("role.id"), primary_key=True)
    permission: Mapped[str] = mapped_column(String(60), primary_key=True)


class StaffMember(Base):
    """A person who runs the shop."""

    __tablename__ = "staff_member"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254))
    email_key: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    password_hash: Mapped[str] = mapped_column(String(200))
    enabled: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    failed_sign_ins: Mapped[int] = mapped_column(default=0)
    blocked_until: Mapped[datetime | None]

    roles: Mapped[list[Role]] = relationship(secondary="staff_role", order_by="Role.name")


class StaffRole(Base):
    """A role held by a member of staff."""

    __tablename__ = "staff_role"

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id"), primary_key=True)
    role_id: Mapped[int] = mapped_column(ForeignKey("role.id"), primary_key=True)


class WebSession(Base):
    """What a browser carries on with: its cart and draft, or a member of staff signed in.

    The cookie holds a random key; the row is found by that key's SHA-256, so that a copy of the database
    signs nobody in.
    """

    __tablename__ = "web_session"

    key_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    data: Mapped[dict[str, Any]]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"), index=True)
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
