"""Staff: adding them, signing them in, and what they may do."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import delete, select
from sqlalchemy.orm import Session, joinedload

from shop.core import audit, clock
from shop.core.database import reading, writing
from shop.core.errors import NotPermitted, Refused
from shop.core.identity import name_key
from shop.core.language import gettext as _
from shop.core.settings import settings
from shop.people.models import Role, RolePermission, StaffMember, WebSession
from shop.people.permissions import DEFAULT_ROLES, Permission

SHORTEST_PASSWORD = 12
FAILURES_BEFORE_PAUSE = 5
PAUSE = timedelta(minutes=5)


class SignInRefused(Refused):
    """The address and password do not belong together, or there were too many tries."""


@dataclass(frozen=True, kw_only=True)
class SignedInStaff:
    """A member of staff at work."""

    id: int
    name: str
    email: str
    permissions: frozenset[str]
    role_names: tuple[str, ...]

    @property
    def actor(self) -> str:
        """The name that logs and ledgers carry."""
        return self.email

    def may(self, permission: Permission) -> bool:
        """Whether one of their roles allows it."""
        return permission.value in self.permissions


def add_default_roles(session: Session) -> None:
    """Write the roles a new shop starts with, where they are not there yet."""
    present = set(session.scalars(select(Role.code)))
    for code, (name, permissions) in DEFAULT_ROLES.items():
        if code not in present:
            session.add(
                Role(
                    code=code,
                    name=name,
                    permissions=[RolePermission(permission=each.value) for each in permissions],
                )
            )
    session.flush()


def add(*, email: str, name: str, password: str, roles: Sequence[str], actor: str) -> int:
    """Add a member of staff.

    Raises:
        Refused: the address is taken, the password is too short, or a role is unknown.
    """
    if len(password) < SHORTEST_PASSWORD:
        raise Refused(_("The password needs at least %(count)s characters.", count=SHORTEST_PASSWORD))
    with writing() as session:
        add_default_roles(session)
        if session.scalar(select(StaffMember.id).where(StaffMember.email_key == name_key(email))):
            raise Refused(_("%(email)s is already a member of staff.", email=email))
        found = list(session.scalars(select(Role).where(Role.code.in_(roles))))
        unknown = set(roles) - {role.code for role in found}
        if unknown:
            raise Refused(_("There is no role called %(role)s.", role=", ".join(sorted(unknown))))
        member = StaffMember(
            email=email,
            email_key=name_key(email),
            name=name,
            password_hash=_hasher().hash(password),
            created_at=clock.now(),
            roles=found,
        )
        session.add(member)
        session.flush()
        audit.log(
            session,
            actor=actor,
            action="staff.add",
            subject=f"staff/{member.id}",
            after={"email": email, "name": name, "roles": sorted(roles)},
        )
        return member.id


def sign_in(email: str, password: str) -> int:
    """The id of the member of staff with this address and password.

    The answer takes as long, and reads the same, whether or not the address is known.

    Raises:
        SignInRefused: they do not belong together, the person is disabled, or tries came too fast.
    """
    refusal = SignInRefused(
        _("The email address or the password is wrong, or there were too many tries. Wait five minutes.")
    )
    with reading() as session:
        member = session.scalar(select(StaffMember).where(StaffMember.email_key == name_key(email)))
        known = member.password_hash if member else _dummy_hash()
        known_id = member.id if member else None
    matches = _matches(known, password)
    if known_id is None:
        _note_unknown_address()
        raise refusal
    # The refusal is raised after the block, so that the count of failures is committed.
    with writing() as session:
        # Locked, so that many tries at one moment are all counted.
        member = session.get_one(StaffMember, known_id, with_for_update=True, populate_existing=True)
        blocked = member.blocked_until is not None and member.blocked_until > clock.now()
        accepted = matches and member.enabled and not blocked
        if accepted:
            member.failed_sign_ins, member.blocked_until = 0, None
        elif not blocked:
            member.failed_sign_ins += 1
            if member.failed_sign_ins >= FAILURES_BEFORE_PAUSE:
                member.failed_sign_ins, member.blocked_until = 0, clock.now() + PAUSE
        audit.log(
            session,
            actor=member.email,
            action="staff.sign_in" if accepted else "staff.sign_in_refused",
            subject=f"staff/{member.id}",
        )
        member_id = member.id
    if not accepted:
        raise refusal
    return member_id


def _note_unknown_address() -> None:
    """Write a refused try for an address nobody has: it takes the time that counting a known one takes."""
    with writing() as session:
        audit.log(session, actor="someone", action="staff.sign_in_refused", subject="staff/unknown")


def at_work(session: Session, staff_id: int) -> SignedInStaff | None:
    """The member of staff with their permissions as they are now; None when disabled or gone."""
    member = (
        session.scalars(
            select(StaffMember)
            .where(StaffMember.id == staff_id, StaffMember.enabled)
            .options(joinedload(StaffMember.roles).joinedload(Role.permissions))
        )
        .unique()
        .one_or_none()
    )
    if member is None:
        return None
    return SignedInStaff(
        id=member.id,
        name=member.name,
        email=member.email,
        permissions=frozenset(each.permission for role in member.roles for each in role.permissions),
        role_names=tuple(role.name for role in member.roles),
    )


def demand(staff: SignedInStaff, permission: Permission) -> None:
    """Refuse unless the person may do this.

    Raises:
        NotPermitted: says which roles may.
    """
    if staff.may(permission):
        return
    with reading() as session:
        names = session.scalars(
            select(Role.name)
            .join(RolePermission)
            .where(RolePermission.permission == permission.value)
            .order_by(Role.name)
        ).all()
    raise NotPermitted(
        _(
            "Your role does not allow this. It needs the role %(roles)s.",
            roles=_(" or ").join(names) or _("of an administrator"),
        )
    )


def end_sessions_of_disabled(session: Session) -> None:
    """Remove the sessions of staff who are no longer enabled."""
    disabled = select(StaffMember.id).where(~StaffMember.enabled)
    session.execute(delete(WebSession).where(WebSession.staff_id.in_(disabled)))


@audit.invariant("I22", "Only enabled staff have sessions")
def _sessions_of_enabled_staff(session: Session) -> Iterator[str]:
    rows = session.scalars(select(StaffMember.email).join(WebSession).where(~StaffMember.enabled).distinct())
    for email in rows:
        yield f"{email} is disabled and still has a session"


def new_password() -> str:
    """A random password of 20 letters and digits that are not mistaken for one another."""
    alphabet = "abcdefghijkmnpqrstuvwxyz23456789"
    return "".join(secrets.choice(alphabet) for _place in range(20))


def _hasher() -> PasswordHasher:
    return PasswordHasher(memory_cost=settings().argon2_memory_kib)


def _matches(password_hash: str, password: str) -> bool:
    try:
        return _hasher().verify(password_hash, password)
    except (VerifyMismatchError, InvalidHashError):
        return False


_dummy: dict[int, str] = {}


def _dummy_hash() -> str:
    """A hash nobody knows the password of, so that an unknown address costs as much time as a known one."""
    memory = settings().argon2_memory_kib
    if memory not in _dummy:
        _dummy[memory] = _hasher().hash(secrets.token_hex(16))
    return _dummy[memory]


def who_may(session: Session, permissions: Sequence[Permission]) -> dict[Permission, list[StaffMember]]:
    """The members of staff at work who hold each of some permissions. One query."""
    rows = session.execute(
        select(RolePermission.permission, StaffMember)
        .join(StaffMember.roles)
        .join(RolePermission, RolePermission.role_id == Role.id)
        .where(StaffMember.enabled, RolePermission.permission.in_([each.value for each in permissions]))
        .distinct()
        .order_by(StaffMember.id)
    ).all()
    return {each: [member for permission, member in rows if permission == each.value] for each in permissions}
