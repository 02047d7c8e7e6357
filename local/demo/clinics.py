"""The demo's vaccination units and the devices that `make run` enrols. All are fictional; codes say 99."""

from dataclasses import dataclass

from local.demo.numbers import NANTONG, SUZHOU, WUXI
from local.feed.form import ClinicRow

STATIONS = ("ticket", "registration", "vaccination", "observation")


@dataclass(frozen=True, slots=True)
class Clinic:
    """A unit of the provincial system; `row` is how a feed names it."""

    code: str
    name: str
    city: str

    @property
    def row(self) -> ClinicRow:
        return {"code": self.code, "name": self.name, "city": self.city}


@dataclass(frozen=True, slots=True)
class DemoDevice:
    """A scanner to enrol at the listed stations of one clinic, a board at none. Its key pair is made at enrolment."""

    device_id: str
    clinic_code: str
    clinic_name: str
    stations: tuple[str, ...]


NANTONG_FIRST = Clinic("3206009901", "南通示例第一预防接种门诊", NANTONG)
NANTONG_SECOND = Clinic("3206009902", "南通示例第二预防接种门诊", NANTONG)
NANTONG_ADULT = Clinic("3206009911", "南通示例成人接种门诊", NANTONG)
NANTONG_MATERNITY = Clinic("3206009921", "南通示例妇产医院产科", NANTONG)
NANTONG_RABIES = Clinic("3206009931", "南通示例犬伤处置门诊", NANTONG)
WUXI_FIRST = Clinic("3202009901", "无锡示例第一预防接种门诊", WUXI)
WUXI_SECOND = Clinic("3202009902", "无锡示例第二预防接种门诊", WUXI)
WUXI_ADULT = Clinic("3202009911", "无锡示例成人接种门诊", WUXI)
WUXI_MATERNITY = Clinic("3202009921", "无锡示例妇产医院产科", WUXI)
SUZHOU_FIRST = Clinic("3205009901", "苏州示例第一预防接种门诊", SUZHOU)
OUT_OF_PROVINCE = Clinic("3101999901", "外省示例预防接种门诊", "310199")

CLINICS = (
    NANTONG_FIRST, NANTONG_SECOND, NANTONG_ADULT, NANTONG_MATERNITY, NANTONG_RABIES,
    WUXI_FIRST, WUXI_SECOND, WUXI_ADULT, WUXI_MATERNITY, SUZHOU_FIRST,
)  # fmt: skip


def _four(clinic: Clinic, short: str) -> tuple[DemoDevice, ...]:
    return tuple(
        DemoDevice(f"dev-{short}-{station}", clinic.code, clinic.name, (station,)) for station in STATIONS
    )


DEVICES: tuple[DemoDevice, ...] = (
    *_four(NANTONG_FIRST, "nantong1"),
    *_four(NANTONG_SECOND, "nantong2"),
    *_four(WUXI_FIRST, "wuxi1"),
    *(
        DemoDevice(f"dev-{short}-board", clinic.code, clinic.name, ())
        for clinic, short in (
            (NANTONG_FIRST, "nantong1"),
            (NANTONG_SECOND, "nantong2"),
            (WUXI_FIRST, "wuxi1"),
        )
    ),
)
