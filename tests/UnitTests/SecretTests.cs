using CleanGateway.Domain.Common;

namespace CleanGateway.UnitTests;

public class SecretTests
{
    [Fact]
    public void A_secret_is_hashed_as_PostgreSQL_would_hash_it() =>
        Secret.Hash("test-key-12345").Should().Be("953a6f3acb148f7d0492a99ed5ce98dd442326f6438b39625fd5c85efa7f6f21");
}
