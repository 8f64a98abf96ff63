"""The same training steps in PyTorch; see speed.py.

Needs torch and numpy only. Begins with the weights that speed_tensorflow.py
left, so that the loss of the first step shows whether it is the same step.
"""

import argparse
import json
import time

import numpy as np
import torch
from pytorch_networks import GAN, load
from torch import nn
from torch.nn import functional

WEIGHTS = {"reconstruction": 50.0, "latent": 1.0, "adversarial": 1.0}
DISTILL = {"latent": 100.0, "reconstruction": 5.0, "score": 10.0}


def distance(left, right):
    """Mean squared difference of each image."""
    return ((left - right) ** 2).flatten(1).mean(1)


def own_losses(gan, images, negatives):
    """Generator's and discriminator's loss, and the generator's outputs."""
    outputs = gan.generate(torch.cat([images, negatives]))
    count = len(images)
    latent, reconstruction, reconstruction_latent = outputs
    fake = reconstruction[:count]
    distances = distance(latent, reconstruction_latent)
    real_features = gan.features(images)
    fake_features = gan.features(fake)
    generator = (
        distance(real_features.detach(), fake_features)
        + WEIGHTS["reconstruction"] * (images - fake).abs().flatten(1).mean(1)
        + WEIGHTS["latent"] * distances[:count]
        - torch.log(-torch.expm1(-distances[count:]) + 1e-6)
    ).mean()
    discriminator = (
        functional.softplus(-gan.logit(real_features.flatten(1)))
        + functional.softplus(gan.logit(fake_features.flatten(1)))
    ).mean()
    return generator, discriminator, outputs


def distillation_loss(taught, learned):
    """P-KDGAN's three distances and that of the scores."""

    def log_distance(outputs):
        return torch.log(distance(outputs[0], outputs[2]) + 1e-3)

    return (
        DISTILL["latent"] * distance(taught[0], learned[0])
        + DISTILL["reconstruction"]
        * (taught[1] - learned[1]).abs().flatten(1).mean(1)
        + DISTILL["latent"] * distance(taught[2], learned[2])
        + DISTILL["score"] * (log_distance(taught) - log_distance(learned)) ** 2
    ).mean()


def negatives_of(pixels, kinds, step):
    """Turned or inverted: pixels and step decide, as in negatives.py."""
    draw = (pixels.to(torch.int32).sum(dim=(1, 2, 3)) + step)[
        :, None, None, None
    ]
    turn = draw // len(kinds) % 3
    quarter = pixels.transpose(2, 3).flip(2)
    half = pixels.flip((2, 3))
    turned = torch.where(
        turn == 0, quarter, torch.where(turn == 1, half, quarter.flip((2, 3)))
    )
    if len(kinds) == 1:
        return turned
    return torch.where(draw % 2 == 0, turned, 255 - pixels)


class Training:
    """One phase: its networks, optimizers and step."""

    def __init__(self, phase, shapes):
        self.phase = phase
        # Of whichever network is trained in every step of the phase.
        self.kinds = list(shapes.values())[-1]["negatives"]
        self.gans = nn.ModuleDict(
            {name: GAN(shape) for name, shape in shapes.items()}
        )
        self.optimizers = {}
        trained = {
            "teacher": ["teacher"],
            "step1": ["student"],
            "step2": ["student", "teacher"],
        }[phase]
        for name in trained:
            gan = self.gans[name]
            for part in ("generator", "discriminator"):
                parameters = getattr(gan, f"{part}_parameters")()
                self.optimizers[name, part] = torch.optim.Adam(
                    parameters, 1e-3, betas=(0.5, 0.999), eps=1e-7
                )
        if phase == "step1":
            self.gans["teacher"].eval().requires_grad_(False)
        self.steps = 0

    def losses(self, pixels):
        """Loss of each optimizer by its name."""
        images = pixels.float() / 127.5 - 1
        negatives = negatives_of(pixels, self.kinds, self.steps)
        negatives = negatives.float() / 127.5 - 1
        found = {}
        if self.phase == "step1":
            with torch.no_grad():
                taught = self.gans["teacher"].generate(
                    torch.cat([images, negatives])
                )
        else:
            generator, discriminator, outputs = own_losses(
                self.gans["teacher"], images, negatives
            )
            found["teacher", "generator"] = generator
            found["teacher", "discriminator"] = discriminator
            taught = [output.detach() for output in outputs]
        if self.phase != "teacher":
            generator, discriminator, outputs = own_losses(
                self.gans["student"], images, negatives
            )
            # Mean over normal and turned images, as ours.
            found["student", "generator"] = generator + distillation_loss(
                taught, outputs
            )
            found["student", "discriminator"] = discriminator
        return found

    def step(self, pixels):
        """Update every network; returns the last generator's loss."""
        found = self.losses(pixels)
        gradients = {}
        for (name, part), loss in found.items():
            parameters = getattr(self.gans[name], f"{part}_parameters")()
            gradients[name, part] = torch.autograd.grad(
                loss, parameters, retain_graph=True
            )
        for (name, part), values in gradients.items():
            parameters = getattr(self.gans[name], f"{part}_parameters")()
            for parameter, value in zip(parameters, values, strict=True):
                parameter.grad = value
            self.optimizers[name, part].step()
        self.steps += 1
        last = "teacher" if self.phase == "teacher" else "student"
        return found[last, "generator"].detach()


def main():
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--phase", choices=["teacher", "step1", "step2"])
    parser.add_argument("--shapes", help="JSON: networks by name")
    parser.add_argument("--batch_size", type=int, default=64)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--channels_last", action="store_true")
    parser.add_argument("--weights", required=True)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    shapes = json.loads(options.shapes)
    training = Training(options.phase, shapes)
    weights = np.load(options.weights)
    for name, shape in shapes.items():
        load(training.gans[name], weights, name, shape)
    if options.channels_last:
        training.gans.to(memory_format=torch.channels_last)
    first = torch.from_numpy(weights["first"]).permute(0, 3, 1, 2)
    if options.compile:
        training.losses = torch.compile(training.losses)
    loss = float(training.step(first.contiguous()))
    generator = np.random.default_rng(0)
    images = torch.from_numpy(
        generator.integers(0, 256, (4096, *first.shape[1:]), np.uint8)
    )
    speeds = []
    for _ in range(options.repeats + 1):
        started = time.perf_counter()
        for _ in range(options.steps):
            chosen = torch.randint(len(images), (options.batch_size,))
            loss_now = training.step(images[chosen])
        float(loss_now)
        seconds = time.perf_counter() - started
        speeds.append(options.batch_size * options.steps / seconds)
    print(
        json.dumps(
            {
                "framework": f"PyTorch {torch.__version__.split('+')[0]}"
                + (", compiled" if options.compile else ""),
                "first_loss": loss,
                "images_per_second": speeds[1:],
            }
        )
    )


if __name__ == "__main__":
    main()
