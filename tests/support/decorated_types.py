"""TypeDecorators as applications write them, and values of columns of every type."""

from __future__ import annotations

import json
import uuid
import zoneinfo
from datetime import date
from datetime import datetime
from datetime import time
from datetime import timedelta
from datetime import UTC
from decimal import Decimal
from ipaddress import ip_address

import sqlalchemy as sa
import sqlalchemy_utils as su
from sqlalchemy.dialects import postgresql as pg

from support.column_models import Color
from support.column_models import Lowered
from support.column_models import Size


class Decorated(sa.TypeDecorator):
    """A decorator whose processing is never asked about NULL."""

    def process_bind_param(self, value, dialect):
        return None if value is None else self.to_database(value, dialect)

    def process_result_value(self, value, dialect):
        return None if value is None else self.to_python(value)


class GUID(Decorated):
    """SQLAlchemy's own recipe: native on PostgreSQL, CHAR(32) elsewhere."""

    impl = sa.CHAR
    cache_ok = True

    def load_dialect_impl(self, dialect):
        native = dialect.name == "postgresql"
        return dialect.type_descriptor(pg.UUID() if native else sa.CHAR(32))

    def to_database(self, value, dialect):
        return value if dialect.name == "postgresql" else value.hex

    def to_python(self, value):
        return value if isinstance(value, uuid.UUID) else uuid.UUID(value)


class OldGUID(Decorated):
    """The recipe of older versions, which takes texts too."""

    impl = sa.CHAR(32)
    cache_ok = True

    def to_database(self, value, dialect):
        value = value if isinstance(value, uuid.UUID) else uuid.UUID(value)
        return f"{value.int:032x}"

    def to_python(self, value):
        return uuid.UUID(value)


class YesNo(Decorated):
    impl = sa.CHAR(1)
    cache_ok = True

    def to_database(self, value, dialect):
        return "Y" if value else "N"

    def to_python(self, value):
        return value == "Y"


class AwareDateTime(Decorated):
    """SQLAlchemy's recipe: aware values only, stored as UTC without a time zone."""

    impl = sa.DateTime
    cache_ok = True

    def to_database(self, value, dialect):
        if not value.tzinfo:
            raise TypeError("tzinfo is required")
        return value.astimezone(UTC).replace(tzinfo=None)

    def to_python(self, value):
        return value.replace(tzinfo=UTC)


class Epoch(Decorated):
    impl = sa.BigInteger
    cache_ok = True

    def to_database(self, value, dialect):
        return int(value.timestamp())

    def to_python(self, value):
        return datetime.fromtimestamp(value, UTC)


class JSONText(Decorated):
    """SQLAlchemy's recipe JSONEncodedDict."""

    impl = sa.VARCHAR(100)
    cache_ok = True

    def to_database(self, value, dialect):
        return json.dumps(value)

    def to_python(self, value):
        return json.loads(value)


class Cents(Decorated):
    impl = sa.Integer
    cache_ok = True

    def to_database(self, value, dialect):
        return int(value * 100)

    def to_python(self, value):
        return Decimal(value) / 100


class DateText(Decorated):
    impl = sa.String(10)
    cache_ok = True

    def to_database(self, value, dialect):
        return value.strftime("%d.%m.%Y")

    def to_python(self, value):
        return datetime.strptime(value, "%d.%m.%Y").date()


class ByNumber(Decorated):
    """An enum stored by value; it says so."""

    impl = sa.Integer
    cache_ok = True
    python_type = Color

    def to_database(self, value, dialect):
        return value.value

    def to_python(self, value):
        return Color(value)


class FiveOrMore(Decorated):
    """It takes only some values of its inner type."""

    impl = sa.Integer
    cache_ok = True

    def to_database(self, value, dialect):
        if value < 5:
            raise ValueError("too small")
        return value

    def to_python(self, value):
        return value


class Reversed(Decorated):
    impl = sa.String(20)
    cache_ok = True

    def to_database(self, value, dialect):
        return value[::-1]

    def to_python(self, value):
        return value[::-1]


class Twice(Decorated):
    """A decorator over a decorator."""

    impl = GUID
    cache_ok = True

    def to_database(self, value, dialect):
        return value

    def to_python(self, value):
        return value


class Untouched(sa.TypeDecorator):
    impl = sa.Numeric(6, 2)
    cache_ok = True


class Money:
    def __init__(self, text):
        self.amount, self.currency = text.split(" ")

    def __str__(self):
        return f"{self.currency}: {self.amount}"


class MoneyType(Decorated):
    """Its values are objects of its own."""

    impl = sa.String(20)
    cache_ok = True

    def to_database(self, value, dialect):
        return f"{value.amount} {value.currency}"

    def to_python(self, value):
        return Money(value)


class Careful(Decorated):
    """Its objects cannot be told from samples, because it takes texts as well."""

    impl = sa.String(20)
    cache_ok = True

    def to_database(self, value, dialect):
        return getattr(value, "name", value)

    def to_python(self, value):
        return Color[value]


KEY = uuid.UUID("12345678-1234-4234-8234-123456789abc")
MOMENT = datetime(2024, 1, 2, 3, 4, 5)
AWARE = MOMENT.replace(tzinfo=UTC)


def by_value(members):
    return [member.value for member in members]


#: By name: a type, a value of it, and a text that is none (None where all are).
TYPES = {
    "String": (sa.String(), "a b", "\0"),
    "String10": (sa.String(10), "a", "12345678901"),
    "Unicode": (sa.Unicode(10), "ü", "12345678901"),
    "UnicodeText": (sa.UnicodeText(), "ü\nb", "\0"),
    "Text": (sa.Text(), "a\n\nb", "\0"),
    "TEXT": (sa.TEXT(), "a", "\0"),
    "CHAR": (sa.CHAR(2), "ab", "abc"),
    "VARCHAR": (sa.VARCHAR(10), "ab", "12345678901"),
    "Variant": (sa.String(10).with_variant(sa.Text(), "sqlite"), "a", "12345678901"),
    "Integer": (sa.Integer(), -5, "a"),
    "INTEGER": (sa.INTEGER(), 2**31 - 1, "2147483648"),
    "SmallInteger": (sa.SmallInteger(), -(2**15), "32768"),
    "SMALLINT": (sa.SMALLINT(), 1, "1.5"),
    "BigInteger": (sa.BigInteger(), 2**60, str(2**63)),
    "BIGINT": (sa.BIGINT(), 0, "1_000"),
    "Numeric": (sa.Numeric(8, 3), Decimal("1.500"), "nan"),
    "NUMERIC": (sa.NUMERIC(6, 2), Decimal("-1.25"), "1.255"),
    "DECIMAL": (sa.DECIMAL(6, 2), Decimal("1234.50"), "12345"),
    "NumericFloat": (sa.Numeric(6, 2, asdecimal=False), 0.5, "a"),
    "Float": (sa.Float(), 0.1, "inf"),
    "FLOAT": (sa.FLOAT(), -1e-7, "a"),
    "FloatDecimal": (sa.Float(asdecimal=True), Decimal("0.5"), "a"),
    "Double": (sa.Double(), 1.5e30, "1e999"),
    "DOUBLE_PRECISION": (sa.DOUBLE_PRECISION(), 2.5, "a"),
    "REAL": (sa.REAL(), 0.5, "1e39"),
    "Boolean": (sa.Boolean(), True, None),
    "BOOLEAN": (sa.BOOLEAN(), False, None),
    "Date": (sa.Date(), date(1, 2, 3), "2024-02-30"),
    "DATE": (sa.DATE(), date(9999, 12, 31), "10000-01-01"),
    "Time": (sa.Time(), time(1, 2, 3), "25:00"),
    "TIME": (sa.TIME(), time(0, 0), "a"),
    "DateTime": (sa.DateTime(), MOMENT, "2024-01-02T25:00"),
    "TIMESTAMP": (sa.TIMESTAMP(), MOMENT, "a"),
    "Interval": (sa.Interval(), timedelta(days=1, seconds=5), "soon"),
    "JSON": (sa.JSON(), {"a": [1, None, "ü"]}, "{a}"),
    "JSONList": (sa.JSON(), [], "[1"),
    "Uuid": (sa.Uuid(), KEY, "123"),
    "UUID": (sa.UUID(), KEY, "a" * 32),
    "UuidText": (sa.Uuid(as_uuid=False), str(KEY), "123"),
    "UuidChar": (sa.Uuid(native_uuid=False), KEY, "123"),
    "Enum": (sa.Enum(Color, name="ct_color"), Color.DARK_BLUE, "GREEN"),
    "EnumTexts": (sa.Enum("a", "b", name="ct_ab"), "b", "c"),
    "EnumChar": (sa.Enum(Size, native_enum=False), Size.LARGE, "l"),
    "EnumValues": (
        sa.Enum(Size, name="ct_size", values_callable=by_value),
        Size.LARGE,
        "LARGE",
    ),
    "LargeBinary": (sa.LargeBinary(), b"ab", None),
    "Lowered": (Lowered(), "abc", "x" * 21),
    "GUID": (GUID(), KEY, "123"),
    "OldGUID": (OldGUID(), KEY, "123"),
    "YesNo": (YesNo(), True, None),
    "AwareDateTime": (AwareDateTime(), AWARE, "a"),
    "Epoch": (Epoch(), AWARE, "a"),
    "JSONText": (JSONText(), {"a": [1]}, json.dumps(["x"] * 50)),
    "Cents": (Cents(), Decimal("12.5"), "99999999999"),
    "DateText": (DateText(), date(2024, 5, 6), "06.05.2024"),
    "ByNumber": (ByNumber(), Color.DARK_BLUE, "3"),
    "FiveOrMore": (FiveOrMore(), 7, "4"),
    "Reversed": (Reversed(), "abc", "x" * 21),
    "Twice": (Twice(), KEY, "123"),
    "Untouched": (Untouched(), Decimal("1.50"), "1.555"),
    "EmailType": (su.EmailType(), "a@example.com", "a b"),
    "ChoiceType": (su.ChoiceType([("a1", "A"), ("b1", "B")]), "b1", "B"),
    "ChoiceTypeEnum": (su.ChoiceType(Color, impl=sa.Integer()), Color.RED, "RED"),
    "UUIDType": (su.UUIDType(), KEY, "123"),
    "UUIDTypeChar": (su.UUIDType(binary=False), KEY, "123"),
    "URLType": (su.URLType(), "https://a.example/b?c=d", "javascript:alert(1)"),
    "IPAddressType": (su.IPAddressType(), ip_address("10.0.0.1"), "10.0.0.256"),
    "PhoneNumberType": (su.PhoneNumberType("FI"), "+358401234567", "call me"),
    "ColorType": (su.ColorType(), "#f00", "no color"),
    "CurrencyType": (su.CurrencyType(), "EUR", "XXY"),
    "CountryType": (su.CountryType(), "FI", "XY"),
    "LocaleType": (su.LocaleType(), "pt_BR", "zz_ZZ"),
    "TimezoneType": (
        su.TimezoneType(backend="zoneinfo"),
        zoneinfo.ZoneInfo("Europe/Kyiv"),
        "Europe/Nowhere",
    ),
    "JSONType": (su.JSONType(), {"a": 1}, "{a}"),
    "ScalarListType": (su.ScalarListType(), ["a", "b"], '["a,b"]'),
}
Range = pg.Range
#: Types of PostgreSQL alone.
POSTGRES = {
    "DateTimeAware": (sa.DateTime(timezone=True), AWARE, "a"),
    "ARRAY": (sa.ARRAY(sa.Integer()), [1, 2], "1\na"),
    "PgARRAY": (pg.ARRAY(sa.Text()), ["a", "b"], "\0"),
    "ArrayOfDates": (pg.ARRAY(sa.Date()), [date(2024, 1, 2)], "2024-02-30"),
    "ArrayOfEnums": (
        pg.ARRAY(sa.Enum(Color, name="ct_colors")),
        [Color.RED, Color.DARK_BLUE],
        "GREEN",
    ),
    "JSONB": (pg.JSONB(), {"a": [1]}, "{a}"),
    "PgUUID": (pg.UUID(), KEY, "123"),
    "INET": (pg.INET(), "10.0.0.1", "10.0.0.256"),
    "InetNetwork": (pg.INET(), "10.0.0.1/8", "10.0.0.1/33"),
    "CIDR": (pg.CIDR(), "10.0.0.0/8", "10.0.0.1/8"),
    "MACADDR": (pg.MACADDR(), "08:00:2b:01:02:03", "08"),
    "MACADDR8": (pg.MACADDR8(), "08:00:2b:01:02:03:04:05", "08"),
    "INTERVAL": (pg.INTERVAL(), timedelta(days=2, seconds=1), "soon"),
    "BYTEA": (pg.BYTEA(), b"ab", None),
    "INT4RANGE": (pg.INT4RANGE(), Range(1, 10), "[10,1)"),
    "INT8RANGE": (pg.INT8RANGE(), Range(None, 2**40), f"[1,{2**63 - 1}]"),
    "NUMRANGE": (pg.NUMRANGE(), Range(Decimal("1.5"), None), "[a,b)"),
    "DATERANGE": (pg.DATERANGE(), Range(date(2024, 1, 2)), "[2024-01-02,9999-12-31]"),
    "TSRANGE": (pg.TSRANGE(), Range(MOMENT, None), "[2024-01-02 03:04+00:00,)"),
    "TSTZRANGE": (pg.TSTZRANGE(), Range(AWARE, None), "[2024-01-02 03:04,)"),
    "EmptyRange": (pg.INT4RANGE(), Range(empty=True), "none"),
    "INT4MULTIRANGE": (pg.INT4MULTIRANGE(), [Range(1, 3), Range(5, 7)], "[1"),
    "HSTORE": (pg.HSTORE(), {"a": "1", "b": None}, '{"a": 1}'),
    "CITEXT": (pg.CITEXT(), "Ab", "\0"),
    "DOMAIN": (pg.DOMAIN("ct_domain", sa.Integer()), 5, "a"),
    "LtreeType": (su.LtreeType(), su.Ltree("a.b"), "a..b"),
}
EXTENSIONS = {"HSTORE": "hstore", "CITEXT": "citext", "LtreeType": "ltree"}
