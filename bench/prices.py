"""Prices, for every bench that reckons money: US dollars of us-east-1, first tier, without what is free.

Inputs, not facts: put in the region's own before anybody decides by a sum. In cn-north-1 and cn-northwest-1 they are in yuan and set by
the regions' operators; https://www.amazonaws.cn/en/dynamodb/pricing/ has 11.1538 yuan for a million write request units on demand.
"""

from __future__ import annotations

from typing import Final

PRICES: Final = {
    "million write request units, on demand": 0.625,
    "million read request units, on demand": 0.125,
    "GB-month of table storage": 0.25,
    "GB-second of Lambda, arm64": 0.0000133334,
    "million Lambda requests": 0.20,
    "million API Gateway requests, REST": 3.50,
    "thousand state transitions": 0.025,
    "thousand S3 reads": 0.0004,
    "thousand S3 writes": 0.005,
    "ten thousand KMS requests": 0.03,
}
RECALLED: Final = "recalled, not looked up"
FOUND: Final = {
    "million write request units, on demand": "airbyte.com/data-engineering-resources/dynamodb-pricing (July 2025)",
    "million read request units, on demand": "airbyte.com/data-engineering-resources/dynamodb-pricing (July 2025)",
    "GB-month of table storage": "gist allenheltondev, AWS Serverless Cost Breakdown (2020)",
    "GB-second of Lambda, arm64": "git.mcrn.ar, lambda_local_runner, lambda-13-cost.md",
    "million Lambda requests": "api-evangelist/aws-lambda, plans (of aws.amazon.com/lambda/pricing, September 2026)",
    "million API Gateway requests, REST": "api-evangelist/aws-api-gateway, plans (2026); first 333 million a month",
    "thousand state transitions": "gist allenheltondev, AWS Serverless Cost Breakdown (2020)",
    "thousand S3 reads": RECALLED,
    "thousand S3 writes": RECALLED,
    "ten thousand KMS requests": "gist dasgoll, KMS Pricing example (2019)",
}
"""Where each was read: public texts that repeat AWS's pages, whose own figures are filled in by scripts."""
assert FOUND.keys() == PRICES.keys()
