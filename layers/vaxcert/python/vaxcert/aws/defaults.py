"""What a setting is where nobody says: the defaults of template.yaml's parameters. Generated from them by `make docs`."""

from __future__ import annotations

from typing import Final

DEFAULTS: Final = {
    "PilotCities": "320600,320200",
    "ChildBornFrom": "2017-01-01",
    "AdultDoseFrom": "2020-12-01",
    "AdultAge": "18",
    "GrantLimit": "10",
    "RabiesRecords": "hidden",
    "CodeTtlSeconds": "60",
    "CodeRefreshSeconds": "30",
    "ObservationSeconds": "1800",
    "SessionSeconds": "1800",
    "VerificationSeconds": "900",
    "ChallengeSeconds": "300",
    "DeviceTokenSeconds": "900",
    "RefuseIssuedBefore": "1970-01-01T00:00:00+08:00",
    "DataKeyDays": "180",
    "AllowedMethods": "face",
    "MaxBadRowsPercent": "5",
    "MaxBadNumbersPercent": "2",
    "MaxBadNumbers": "20",
    "MaxLostCertificatesPercent": "1",
    "MaxLostCertificates": "50",
    "AccessLogDays": "1095",
    "FeedRetentionDays": "90",
    "ReadsPerHour": "120",
    "ReminderRepeatDays": "7",
    "ReminderBusName": "default",
    "Hotline": "400-101-6588",
    "DataHandler": "示范市卫生健康委员会（演示，部署时改为实际单位）",
    "DataHandlerContact": "privacy@vaxcert.invalid",
    "RootThumbprint": "",
    "DocumentIssuer": "示范市卫生健康委员会（演示，部署时改为实际单位）",
    "DocumentsPerDay": "10",
}
