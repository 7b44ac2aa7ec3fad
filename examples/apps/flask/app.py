from flask import Flask, jsonify, render_template, request

app = Flask(__name__)


@app.get("/")
def index():
    return render_template("index.html", name=request.args.get("name", "world"))


@app.get("/api/sum")
def add():
    numbers = request.args.getlist("n", type=int)
    return jsonify(count=len(numbers), sum=sum(numbers))


@app.post("/api/echo")
def echo():
    return jsonify(request.get_json()), 201
