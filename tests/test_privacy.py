"""Nothing personal gets past the import; nothing else is lost."""

from __future__ import annotations

import stat
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from data.importing.callers import caller_hasher, caller_identity, secret_key
from data.importing.privacy import mask_array, mask_text
from data.settings import Settings

PHONE, ID, PLATE, EMAIL, CARD = "【电话】", "【证件号】", "【车牌】", "【邮箱】", "【银行卡】"

MASKED = [
    ("请联系13800138000处理", PHONE),
    ("电话:138-0013-8000。", PHONE),
    ("电话138 0013 8000，谢谢", PHONE),
    ("号码138  0013  8000吧", PHONE),
    ("回电+86 138 0013 8000", PHONE),
    ("回电+8613800138000", PHONE),
    ("回电008613800138000", PHONE),
    ("手机86-138-0013-8000", PHONE),
    ("手机１３８００１３８０００", PHONE),
    ("手机１３８－００１３－８０００", PHONE),
    ("手机一三八零零一三八零零零", PHONE),
    ("手机幺三八〇〇幺三八〇〇〇", PHONE),
    ("手机壹叁捌零零壹叁捌零零零", PHONE),
    ("手机138零零138零零零", PHONE),
    ("手机1 3 8 0 0 1 3 8 0 0 0", PHONE),
    ("手机1-3-8-0-0-1-3-8-0-0-0", PHONE),
    ("手机138.0013.8000", PHONE),
    ("手机138/0013/8000", PHONE),
    ("手机138*0013*8000", PHONE),
    ("手机138\u200b0013\u200b8000", PHONE),
    ("手机138\n0013\n8000", PHONE),
    ("手机138OO138OOO", PHONE),
    ("手机l38OO138OOO", PHONE),
    ("手机①③⑧00①③⑧000", PHONE),
    ("手机1️⃣3️⃣8️⃣0️⃣0️⃣1️⃣3️⃣8️⃣0️⃣0️⃣0️⃣", PHONE),
    ("微信同号wx13800138000", PHONE),
    ("座机010-62345678", PHONE),
    ("座机(010)62345678", PHONE),
    ("座机（010）6234 5678", PHONE),
    ("座机0571 8765 4321", PHONE),
    ("座机057187654321", PHONE),
    ("联系电话62345678", PHONE),
    ("联系电话：6234-5678", PHONE),
    ("身份证11010519491231002X", ID),
    ("身份证11010519491231002x号", ID),
    ("身份证１１０１０５１９４９１２３１００２Ｘ", ID),
    ("身份证110105 19491231 002X", ID),
    ("证件110105194912310021", ID),
    ("老身份证110105491231002", ID),
    ("车牌京A12345占道", PLATE),
    ("车牌京a12345占道", PLATE),
    ("车牌京A·12345占道", PLATE),
    ("车牌京 A 12345占道", PLATE),
    ("车牌京ＡＤ１２３４５占道", PLATE),
    ("新能源京AD12345占道", PLATE),
    ("新能源粤B12345D占道", PLATE),
    ("教练车京A1234学占道", PLATE),
    ("警车京A1234警占道", PLATE),
    ("粤Z1234港占道", PLATE),
    ("邮箱zhang.san+1@example.com.cn谢谢", EMAIL),
    ("邮箱zhangsan＠qq.com", EMAIL),
    ("邮箱zhangsan(at)qq.com", EMAIL),
    ("邮箱zhangsan @ qq . com谢谢", EMAIL),
    ("银行卡6222021234567890128到账", CARD),
    ("卡号6222 0212 3456 7890 128到账", CARD),
    ("卡号4111111111111111", CARD),
]

LEFT_ALONE = [
    "工单编号20261003138001380001",
    "工单号GD20261003000123",
    "受理编号：13912345678901",
    "工单编号13912345678请查",
    "案件101000295613已办结",
    "金额13800138000.50元",
    "共计13800138000元",
    "赔偿1,380,013,800元",
    "日期2026-10-03 13:45:00至2026-10-05 18:00:00",
    "2026-10-03 2026-10-05 两天",
    "日期20261003",
    "2026年10月3日上午9:05",
    "人民路138号13栋8单元1301室",
    "13-5-1001室漏水",
    "3号楼2单元1801、1802、1803、1804室",
    "请拨打12345热线",
    "客服400-810-1234无人接听",
    "客服4008101234无人接听",
    "坐标116.404000,39.915000",
    "坐标39.9150001 116.4040001",
    "2024 2025 2026 三年",
    "一二三四五六七八九十条",
    "京A座12345单元",
    "新A区3号楼",
    "津贴1234元未发",
    "云A座",
    "面积120平方米，租金3500元",
    "统一社会信用代码91110105MA01ABCD2X",
    "@市长 请关注",
    "101000295613 PWDx_Street Light Outages",
    "39 Lorraine St  Roslindale  MA  02131",
    "Case Closed 2011-07-01 05:06:58 replaced 100 amp fuse",
    "1010-1010 Massachusetts Ave Roxbury MA 02118",
    "260-400 Mount Vernon St Dorchester MA 02125",
    "zip 02118-1234",
    "账户内金额为0000-00000000.59元",
    # from real files
    "corner of Melnea Cass Blvd. @ Mass. Ave. Spill cleaned",
    "Washington@Columbus. Egleston Sq",
    "work @7am. We did tell them, 1A @ 4.38pm",
    "parcel id 0103712000",
    "carts # 058437  058660 delivered",
    "serial number: 46191  46195  46199",
    "call-2400-2450 Beacon St",
    "ON THE VERMONT PLATE IN FRONT",
    "did tag 53 for drilling",
    "Range Rover tag HCB 1 is illegal",
]

ENGLISH = [
    ("call me at 617-635-4500 please", "[phone]"),
    ("call (617) 635-4500", "[phone]"),
    ("call +1 617.635.4500", "[phone]"),
    ("my phone is 6176354500", "[phone]"),
    ("ssn 123-45-6789", "[id number]"),
    ("mail bob_smith@gmail.com now", "[e-mail]"),
    ("license plate 4ABC 12 blocking", "[plate]"),
    ("plate # 123ABC", "[plate]"),
    ("our office at 617-635- 7525.", "[phone]"),
    ("please call 635-4500 or", "[phone]"),
    ("MA plate: 1AB 234", "[plate]"),
]


@pytest.mark.parametrize(("text", "label"), MASKED + ENGLISH)
def test_personal_numbers_are_masked(text: str, label: str) -> None:
    masked = mask_text(text)
    assert label in masked, masked
    assert sum(char.isdigit() for char in masked) <= 2, masked
    assert mask_array(pa.array([text, None])).to_pylist() == [masked, None]


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_other_numbers_are_left_alone(text: str) -> None:
    assert mask_text(text) == text


def test_several_in_one_text() -> None:
    text = "张某13800138000，李某 13900139000 / 010-62345678，车京A12345，zs@qq.com"
    assert mask_text(text) == "张某【电话】，李某 【电话】 / 【电话】，车【车牌】，【邮箱】"
    assert mask_text("13800138000 13900139000") == "[phone] [phone]"


def test_brackets_around_a_number_stay_whole() -> None:
    assert mask_text("座机（0735-6621655）") == "座机（【电话】）"
    assert mask_text("座机（010）62345678") == "座机【电话】"


def test_neighbouring_dates_and_orders_survive() -> None:
    text = "2026-10-03 13:45 来电13800138000反映，工单20261003000123"
    assert mask_text(text) == "2026-10-03 13:45 来电【电话】反映，工单20261003000123"


@given(
    st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True),
    st.sampled_from(["", " ", "-", ".", "－", "\u200b", "  "]),
    st.text("请联系电话于，。！abc ", max_size=8),
    st.text("处理。，；谢谢 xyz", max_size=8),
)
def test_no_mobile_survives(number: str, gap: str, before: str, after: str) -> None:
    written = gap.join([number[:3], number[3:7], number[7:]])
    masked = mask_text(f"{before}{written}{after}")
    assert sum(char.isdigit() for char in masked) == 0


@given(st.text(max_size=80))
def test_masking_twice_changes_nothing_and_the_quick_look_misses_nothing(text: str) -> None:
    once = mask_text(text)
    assert mask_text(once) == once
    assert mask_array(pa.array([text])).to_pylist() == [once]


@given(st.from_regex(r"20[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9])[0-9]{4,10}", fullmatch=True))
def test_dated_order_numbers_survive(number: str) -> None:
    assert mask_text(f"工单{number}已转办") == f"工单{number}已转办"


def test_a_caller_has_one_hash_however_written() -> None:
    hashed = caller_hasher(b"key")(
        pa.array(
            ["13800138000", "+86 138-0013-8000", "１３８００１３８０００", "13800138000.0", None]
        )
    ).to_pylist()
    assert len(set(hashed[:4])) == 1
    assert hashed[4] is None
    assert len(hashed[0]) == 32
    assert caller_hasher(b"other")(pa.array(["13800138000"])).to_pylist()[0] != hashed[0]


@pytest.mark.parametrize(
    "text", ["匿名", "0", "00000000", "138****8000", "", None, "无", "未知来电"]
)
def test_nobody_has_no_hash(text: str | None) -> None:
    assert caller_identity(text) is None


def test_key_comes_from_the_setting_or_a_private_file(tmp_path: Path) -> None:
    given_ = Settings(home=tmp_path, secret_key=SecretStr("abc"), _env_file=None)
    assert secret_key(given_) == b"abc"
    made = Settings(home=tmp_path / "new", secret_key=None, _env_file=None)
    first = secret_key(made)
    assert len(first) == 64
    assert secret_key(made) == first
    mode = stat.S_IMODE((tmp_path / "new" / "caller.key").stat().st_mode)
    assert mode == 0o600
    assert [p.name for p in (tmp_path / "new").iterdir()] == ["caller.key"]
