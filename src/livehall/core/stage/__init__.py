"""Coming on stage and leaving it: raised hands, requests for a seat, seats and what they allow."""
