"""The training step of anomalib's GANomaly; see speed.py.

Its networks and losses as anomalib has them, its step without the trainer
round it, so that what is timed is the step. Needs anomalib.
"""

import argparse
import importlib.metadata
import json
import time

import torch
from anomalib.models.image.ganomaly.loss import (
    DiscriminatorLoss,
    GeneratorLoss,
)
from anomalib.models.image.ganomaly.torch_model import GanomalyModel

SIDE, CHANNELS, FEATURES, LATENT = 32, 3, 64, 100


def main():
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--batch_size", type=int, default=64)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    model = GanomalyModel((SIDE, SIDE), CHANNELS, FEATURES, LATENT, 0, True)
    model.train()
    optimizers = [
        torch.optim.Adam(part.parameters(), 2e-4, betas=(0.5, 0.999))
        for part in (model.generator, model.discriminator)
    ]
    generator_loss, discriminator_loss = GeneratorLoss(), DiscriminatorLoss()

    def step(images):
        padded, fake, latent, latent_again = model(images)
        real, _ = model.discriminator(padded)
        told, _ = model.discriminator(fake)
        loss = generator_loss(latent, latent_again, padded, fake, real, told)
        optimizers[0].zero_grad()
        loss.backward(retain_graph=True)
        optimizers[0].step()
        told, _ = model.discriminator(fake.detach())
        other = discriminator_loss(real, told)
        optimizers[1].zero_grad()
        other.backward()
        optimizers[1].step()
        return loss

    images = torch.randint(0, 256, (4096, CHANNELS, SIDE, SIDE)).byte()
    speeds = []
    for _ in range(options.repeats + 1):
        started = time.perf_counter()
        for _ in range(options.steps):
            chosen = torch.randint(len(images), (options.batch_size,))
            loss = step(images[chosen].float() / 127.5 - 1)
        float(loss)
        seconds = time.perf_counter() - started
        speeds.append(options.batch_size * options.steps / seconds)
    version = importlib.metadata.version("anomalib")
    print(
        json.dumps(
            {
                "framework": f"anomalib {version}",
                "first_loss": None,
                "parameters": sum(
                    p.numel() for p in model.generator.parameters()
                ),
                "images_per_second": speeds[1:],
            }
        )
    )


if __name__ == "__main__":
    main()
