"""Which folders the wheel holds: three stand beside `shop/` in the tree and inside it when installed."""

from setuptools import find_packages, setup

BESIDE = {"shop.templates": "templates", "shop.static": "static", "shop.migrations": "migrations"}

setup(
    py_modules=["config"],
    packages=[*find_packages(include=["shop", "shop.*"]), *BESIDE],
    package_dir=BESIDE,
    package_data={
        **{name: ["**/*"] for name in BESIDE},
        "shop": ["translations/**/*"],
        "shop.education": ["content/**/*.yaml"],
        "shop.demo": ["content/**/*.yaml"],
        "shop.demo.stripe_stand_in": ["templates/*", "static/*"],
    },
)
