using System.Net;
using CleanGateway.Api.Common;
using Microsoft.AspNetCore.Http;

namespace CleanGateway.UnitTests.Api;

public class CallerAddressTests
{
    [Theory]
    [InlineData("192.0.2.1", "192.0.2.1")]
    [InlineData("::ffff:192.0.2.1", "192.0.2.1")]
    [InlineData("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::")]
    [InlineData("2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::")]
    [InlineData("2001:db8:1:3::1", "2001:db8:1:3::")]
    [InlineData("::1", "::")]
    public void One_callers_addresses_are_counted_as_one(string address, string network)
    {
        var http = new DefaultHttpContext { Connection = { RemoteIpAddress = IPAddress.Parse(address) } };

        CallerAddress.NetworkOf(http).Should().Be(IPAddress.Parse(network));
    }

    [Fact]
    public void Without_a_connection_there_is_none() => CallerAddress.NetworkOf(new DefaultHttpContext()).Should().BeNull();
}
