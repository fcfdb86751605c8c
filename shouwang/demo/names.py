"""Names of people who do not exist."""

from random import Random

SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈"
    "姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛阎段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
MALE = "伟强磊洋勇军杰涛超明刚平辉鹏浩宇轩泽博晨俊凯健文斌波飞龙翔志建国成荣华胜亮东海峰旭阳航睿思远家豪子涵嘉诚天佑一鸣"
FEMALE = "芳娜敏静丽艳娟霞秀玲婷雪慧巧美倩颖佳怡欣梦琪雨萱诗涵紫若曦可馨思彤晓燕玉兰春梅红莉云菲瑶琳珊悦蕾洁晴淑月"
DOUBLE = ("欧阳", "司马", "上官", "诸葛")


def person(rng: Random, gender: str, taken: set[str]) -> str:
    """A name not yet taken; one in five hundred has a double surname."""
    given = MALE if gender == "男" else FEMALE
    while True:
        surname = rng.choice(DOUBLE) if rng.random() < 0.002 else rng.choice(SURNAMES)
        name = surname + "".join(rng.choice(given) for _ in range(1 if rng.random() < 0.22 else 2))
        if name not in taken:
            taken.add(name)
            return name


def kin(rng: Random, surname: str, gender: str, taken: set[str]) -> str:
    """A guardian's name: fathers share the surname, mothers need not."""
    own = surname if gender == "男" else rng.choice(SURNAMES)
    given = MALE if gender == "男" else FEMALE
    name = own + "".join(rng.choice(given) for _ in range(2))
    taken.add(name)
    return name


def phone(rng: Random) -> str:
    """A number of the block 100 0000 that no operator gives out."""
    return "1000000" + f"{rng.randrange(10000):04d}"
