"""Verify a receipt: python verify_receipt.py receipt.json receipt.json.sig public.pem.

public.pem may hold several keys: the receipt is genuine if one of them signed exactly its bytes.
"""

import re
import sys
from base64 import b64decode
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import load_pem_public_key

if len(sys.argv) != 4:
    sys.exit(__doc__)
receipt, signature, keys = (Path(name).read_bytes() for name in sys.argv[1:])
for pem in re.findall(rb"-----BEGIN PUBLIC KEY-----.+?-----END PUBLIC KEY-----", keys, re.DOTALL):
    try:
        load_pem_public_key(pem).verify(b64decode(signature), receipt)
    except (InvalidSignature, ValueError):
        continue
    print("Genuine: the receipt is exactly as it was signed.")
    sys.exit()
sys.exit("NOT genuine: none of these keys signed exactly these bytes.")
