import psycopg2
from fastapi import FastAPI
from pydantic import BaseModel, Field

app = FastAPI(title="Parcels")


class Parcel(BaseModel):
    to: str = Field(min_length=1)
    grams: int = Field(gt=0)


@app.get("/")
def index():
    # The driver is compiled while the image is built, against a library that it needs when it runs.
    return {"name": "parcels", "driver": psycopg2.__version__.split()[0]}


@app.post("/parcels", status_code=201)
def post(parcel: Parcel):
    return {"to": parcel.to, "grams": parcel.grams, "price": 200 + parcel.grams // 10}


@app.get("/parcels/{number}")
def get(number: int):
    return {"number": number, "state": "on its way"}
