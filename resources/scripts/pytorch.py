"""Your own work, for Framework Advisor to measure: replace what is between the lines by what you do.

It is run in an interpreter that you name, and imports whatever it likes. Whatever isn't needed, leave out.
"""

import torch

NAME = "My network"  # shown on screen; reports say only "your script", unless you ask for the name
ITEMS = 32  # how many items (images, sentences …) one call works on; the same in every framework's script


class Work:
    """What is timed. At least one of infer and step has to be there."""

    def __init__(self, device, seed):
        torch.manual_seed(seed)
        # ------------------------------------------------------------------------------------------------
        self.model = torch.nn.Sequential(
            torch.nn.Conv2d(3, 32, 3, padding=1),
            torch.nn.ReLU(),
            torch.nn.AdaptiveAvgPool2d(1),
            torch.nn.Flatten(),
            torch.nn.Linear(32, 10),
        ).to(device)
        self.images = torch.rand(ITEMS, 3, 32, 32, device=device)
        self.labels = torch.randint(10, (ITEMS,), device=device)
        self.optimiser = torch.optim.SGD(self.model.parameters(), lr=0.01, momentum=0.9)
        # ------------------------------------------------------------------------------------------------

    def infer(self):
        """One call of the trained network. Return without waiting for the device."""
        self.model.eval()
        with torch.inference_mode():
            return self.model(self.images)

    def step(self):
        """One step of training."""
        self.model.train()
        self.optimiser.zero_grad()
        loss = torch.nn.functional.cross_entropy(self.model(self.images), self.labels)
        loss.backward()
        self.optimiser.step()
        return loss

    def wait(self, result):
        """Wait until a result is there: accelerators compute while Python goes on."""
        if result.is_cuda:
            torch.cuda.synchronize()

    # With outputs, scripts are compared before they are timed, and whoever computes something else isn't timed.
    # It takes the same weights and the same input in each of them: load them from a file. Otherwise leave it out.
    #
    # def outputs(self):
    #     return self.infer()


def build(device, threads, seed):
    """Make everything that isn't timed. ``device`` is "cpu", "cuda:0", "mps" …"""
    torch.set_num_threads(threads)
    return Work(device, seed)
